/** Runs jobs a few at a time, in their order. Each job's promise is there at once. */
export function inPool<Job, Outcome>(
  jobs: readonly Job[],
  width: number,
  run: (job: Job) => Promise<Outcome>,
): Promise<Outcome>[] {
  const outcomes = jobs.map(() => Promise.withResolvers<Outcome>());
  let next = 0;
  const work = async () => {
    while (next < jobs.length) {
      const index = next++;
      await run(jobs[index]!).then(outcomes[index]!.resolve, outcomes[index]!.reject);
    }
  };
  for (let worker = 0; worker < width; worker++) work();
  return outcomes.map(({ promise }) => promise);
}
