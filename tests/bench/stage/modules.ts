/** Small modules of Python that import nothing, and two scripts: one imports them all, the other a tenth. */
export const allModules = { script: "all.py", count: 1000 };
export const someModules = { script: "some.py", count: 100 };

export function moduleFiles(): { name: string; text: string }[] {
  const names = Array.from({ length: allModules.count }, (_, index) => `module_${index}`);
  const files = names.map((name) => ({ name: `${name}.py`, text: `def answer():\n    return "${name}"\n` }));
  const scripts = [allModules, someModules].map(({ script, count }) => ({
    name: script,
    text: names.slice(0, count).map((name) => `import ${name}\n`).join(""),
  }));
  return [...files, ...scripts];
}
