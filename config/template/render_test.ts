import assert from "node:assert/strict";
import { renderTemplate, TemplateError } from "./render.ts";

/** The context in which the truth was made, by the template engine of the original. */
const context = { b: "B", m: { a: 1, b: 2 }, k: "a", arr: ["x", "y"], e: [], s: "1" };

/** Cases of the truth that differ, and why. None may be added. */
const unreachable = new Map([
  ["{% if not (1 == 2) %}y{% endif %}", "refused by Tera for its grammar's sake; here it means what it says"],
  ["{{ now(utc=true, timestamp=true) }}", "prints the clock"],
  ["{{ __tera_context }}", "prints the whole context, for debugging Tera itself"],
]);

interface Case {
  /** The template. */
  t: string;
  ok?: string;
  err?: string;
}

function render(template: string, variables: Record<string, string> = {}): string {
  return renderTemplate(template, { variables: (name) => variables[name], context });
}

const cases: Case[] = Deno.readTextFileSync(new URL("tera_truth.jsonl", import.meta.url))
  .trim().split("\n").map((line) => JSON.parse(line));

Deno.test("renderTemplate() does what Tera does in every reachable case of the truth", () => {
  const differing = cases.filter((one) => {
    try {
      return render(one.t) !== one.ok;
    } catch (error) {
      return !(error instanceof TemplateError) || one.err === undefined;
    }
  });
  assert.deepEqual(differing.map((one) => one.t), [...unreachable.keys()]);
  assert.equal(cases.length, 127);
});

Deno.test("renderTemplate() says Tera's sentences", () => {
  assert.throws(() => render("{{ git_branch }}"), { message: "Variable `git_branch` not found in context" });
  assert.throws(() => render("{{ m.zz }}"), { message: "Variable `m.zz` not found in context" });
  assert.throws(() => render('{{ get_env(name="NOPE") }}'), { message: "Environment variable `NOPE` not found" });
  assert.throws(() => render('{{ get_env(nam="X") }}'), { message: /didn't receive a `name` argument/ });
  assert.throws(() => render("{{ b | nosuch }}"), { message: "Filter 'nosuch' not found" });
});

Deno.test("get_env() takes the variable, else the default", () => {
  const template = '{"target": "{{ get_env(name="TARGET", default="pod/fallback") }}"}';
  assert.equal(render(template), '{"target": "pod/fallback"}');
  assert.equal(render(template, { TARGET: "pod/bear" }), '{"target": "pod/bear"}');
});

Deno.test("a template reaches nothing of JavaScript", () => {
  const attempts = [
    '{{ ("".constructor.constructor("return 1+1"))() }}',
    "{{ b.constructor }}",
    "{{ arr.constructor }}",
    "{{ constructor }}",
    "{{ constructor.constructor }}",
    "{{ __proto__ }}",
    '{{ m["__proto__"] }}',
    "{{ arr.length }}",
    "{{ b.toUpperCase() }}",
    "{{ arr.push(1) }}",
    "{{ toString() }}",
    "{{ valueOf() }}",
    '{{ get_env.constructor("return 1")() }}',
    "{{ b | constructor }}",
    "{{ b | toString }}",
    "{% if b is constructor %}{% endif %}",
    "{% macro f() %}{{ constructor }}{% endmacro %}{{ self::f() }}",
    "{{ range }}",
    "{{ cycler('a').next() }}",
    "{{ /a/.constructor }}",
  ];
  for (const attempt of attempts) assert.throws(() => render(attempt), TemplateError, attempt);
});

Deno.test("loops, macros and nesting have ends", () => {
  const loops = "{% for i in range(end=90000) %}{% for j in range(end=90000) %}{% endfor %}{% endfor %}";
  assert.throws(() => render(loops), { message: /too many turns/ });
  assert.throws(() => render("{{ range(end=1000000000) }}"), { message: /at most/ });
  assert.throws(() => render("{% macro f() %}{{ self::f() }}{% endmacro %}{{ self::f() }}"), {
    message: /calls itself/,
  });
  assert.throws(() => render(`{{ ${"(".repeat(50_000)}1${")".repeat(50_000)} }}`), { message: "nested too deeply" });
  const growing = "{% set x = b %}{% for i in range(end=40) %}{% set_global x = x ~ x %}{% endfor %}{{ x }}";
  assert.throws(() => render(growing), TemplateError);
});

Deno.test("a template without an end is an error", () => {
  for (const broken of ["{{", "{%", "{#", '{{ "a }}', "{% raw %}", "{% if true %}", "{% break %}", "{% nosuch %}"]) {
    assert.throws(() => render(broken), TemplateError, broken);
  }
});

Deno.test("text around tags stays as it is", () => {
  assert.equal(render('{ "a": "\\\\d+ $1 `x` \'y\'" }\n'), '{ "a": "\\\\d+ $1 `x` \'y\'" }\n');
  assert.equal(render('a{% raw %}{{ {% #} \\ " {% endraw %}b'), 'a{{ {% #} \\ " b');
  assert.equal(render('{{ "C:\\new" }}|{{ \'"\' }}'), 'C:\\new|"');
});
