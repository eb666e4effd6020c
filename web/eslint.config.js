// typescript-eslint strict, the rules of hooks, and the zones: routes wire, components show, models compute, api speaks.

import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

/** A zone may not import these; `types`: their types it may. */
const without = (files, patterns, ignores = []) => ({
  files,
  ignores,
  rules: { "@typescript-eslint/no-restricted-imports": ["error", { patterns }] },
});

const REACT = { group: ["react", "react/*", "react-dom", "react-dom/*", "@mantine/*", "@tanstack/react-*", "@tabler/*", "@xyflow/*", "recharts"], message: "model computes: no React" };

export default tseslint.config(
  { ignores: ["node_modules", "src/api/schema.gen.ts"] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  hooks.configs.flat["recommended-latest"],
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "max-lines": ["error", 400],
      "max-lines-per-function": ["error", { max: 60, skipBlankLines: true, skipComments: true, IIFEs: false }],
      complexity: ["error", 18], // `??` and `?.` count, too
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
    },
  },
  without(["src/model/**"], [
    REACT,
    { group: ["**/components/**", "**/routes/**", "**/router", "**/theme"], message: "model imports no other zone" },
    { group: ["**/api/**"], allowTypeImports: true, message: "model imports no api but its types" },
  ]),
  without(["src/components/**"], [
    { group: ["**/routes/**", "**/router"], message: "components show: routes import them, not the reverse" },
    { group: ["**/api/**"], allowTypeImports: true, message: "components show: only routes fetch" },
    { group: ["@tanstack/react-query"], message: "components show: only routes fetch" },
  ]),
  without(["src/api/**"], [{ group: ["**/components/**", "**/routes/**", "**/router"], message: "api speaks: it imports model alone" }]),
  without(["src/routes/**"], [{ group: ["**/router"], message: "routes read their address by getRouteApi" }]),
  {
    files: ["src/components/**", "src/routes/**", "src/model/**"],
    rules: { "no-restricted-globals": ["error", { name: "fetch", message: "api/client.ts fetches" }, { name: "EventSource", message: "api/stream.ts listens" }] },
  },
  { files: ["src/**/*.test.ts", "src/**/*.test.tsx"], rules: { "max-lines-per-function": "off", "@typescript-eslint/no-non-null-assertion": "off" } },
  { files: ["*.js"], ...tseslint.configs.disableTypeChecked },
);
