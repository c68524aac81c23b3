// The tests stand beside the modules, in course_tools, which has no packages of node: what they use comes from here.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const modules = fileURLToPath(new URL("../../course_tools", import.meta.url));

export default defineConfig({
  server: { fs: { allow: [modules] } },
  test: { dir: modules, include: ["**/*.test.js"], globals: true },
});
