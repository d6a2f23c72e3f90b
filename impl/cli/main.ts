#!/usr/bin/env node
/**
 * The entry of the command `madmux`. Compiled modules are kept in the user's cache folder, which halves the time
 * to start; nobody else may write there, as anybody may in a common folder. `NODE_COMPILE_CACHE` names another
 * folder, `NODE_DISABLE_COMPILE_CACHE=1` keeps none. A folder that cannot be written only makes starts slow.
 */
import module from "node:module"
import { isAbsolute, join } from "node:path"
import { tooOld } from "../system/runtime.ts"

const fault = tooOld(process.versions.node)
if (fault === null) {
  const { HOME: home = "", XDG_CACHE_HOME: caches = join(home, ".cache") } = process.env
  if (isAbsolute(caches)) module.enableCompileCache(join(caches, "madmux"))
  await import("./madmux.ts")
} else {
  process.stderr.write(`${fault}\n`)
  process.exitCode = 3
}
