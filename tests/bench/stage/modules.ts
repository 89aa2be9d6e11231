/** Small modules of Python that import nothing, and a script that imports them all. */
export const allModules = { script: "all.py", count: 1000 };

export function moduleFiles(): { name: string; text: string }[] {
  const names = Array.from({ length: allModules.count }, (_, index) => `module_${index}`);
  const files = names.map((name) => ({ name: `${name}.py`, text: `def answer():\n    return "${name}"\n` }));
  return [...files, { name: allModules.script, text: names.map((name) => `import ${name}\n`).join("") }];
}
