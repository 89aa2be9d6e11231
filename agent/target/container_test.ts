import assert from "node:assert/strict";
import { containerIdIn } from "./container.ts";

const id = "0123456789abcdef".repeat(4);
const other = "fedcba9876543210".repeat(4);

Deno.test("containerIdIn finds the id in the paths of each runtime", () => {
  const paths = [
    `0::/docker/${id}`,
    `0::/system.slice/docker-${id}.scope`,
    `0::/kubepods/besteffort/pod0a1b2c3d-0000-1111-2222-333344445555/${id}`,
    `0::/kubepods.slice/kubepods-pod0a1b.slice/cri-containerd-${id}.scope`,
    `0::/kubepods.slice/kubepods-pod0a1b.slice/crio-${id}.scope`,
    `0::/user.slice/user-1000.slice/libpod-${id}.scope/container`,
    `0::/../../../besteffort/pod0a1b/${id}`,
    `12:pids:/\n11:cpu:/docker/${id}\n0::/`,
    `0::/docker/${other}/kubelet/kubepods/pod1/${id}`,
  ];
  for (const path of paths) assert.equal(containerIdIn(path), id, path);
});

Deno.test("containerIdIn finds none outside of containers", () => {
  for (const path of ["0::/", "", "4:memory:/jobs/cbf1f57c04092c2e547d59b1c17d3441", `0::/${id}${id}`]) {
    assert.equal(containerIdIn(path), null, path);
  }
  assert.equal(containerIdIn(`0::/machine.slice/libpod-conmon-${id}.scope`), null);
});
