/**
 * The switch for tests against real parts (tshark, ibsim, OpenSM ...): a part that is missing skips its tests
 * visibly, unless `MADMUX_REAL=1` demands it; then the run fails and names the package to install.
 */
import { accessSync, constants, statSync } from "node:fs"
import { delimiter, join } from "node:path"

/**
 * Debian package of each real part, by the name of its executable; a name not listed here is its own package.
 */
const debianPackage: Readonly<Record<string, string>> = {
  ibsim: "ibsim-utils",
  opensm: "opensm",
  ibping: "infiniband-diags",
  saquery: "infiniband-diags",
  smpquery: "infiniband-diags",
  perfquery: "infiniband-diags",
  tshark: "tshark"
}

/**
 * Where a real part was found. `path` is the absolute path of the executable, present exactly when `present`
 * is true.
 */
export type RealPart = { readonly present: true; readonly path: string } | { readonly present: false }

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/**
 * System administration directories: Debian puts daemons there, and the PATH of an ordinary user lacks them.
 */
const SBIN = ["/usr/sbin", "/usr/local/sbin", "/sbin"]

/**
 * Looks for the executable `name` on the PATH and in the sbin directories. Absent and `MADMUX_REAL=1`: throws
 * an Error that names the Debian package. Absent otherwise: `present` is false, and the caller skips with
 * `it.skipIf(!part.present)`, which the reporter prints.
 */
export const realPart = (name: string): RealPart => {
  const directories = (process.env["PATH"] ?? "").split(delimiter).filter((directory) => directory !== "")
  const found = [...directories, ...SBIN].map((directory) => join(directory, name)).find(isExecutable)
  if (found !== undefined) return { present: true, path: found }
  if (process.env["MADMUX_REAL"] === "1") {
    const wanted = debianPackage[name] ?? name
    throw new Error(`${name} is not on the PATH and MADMUX_REAL=1 demands it: apt-get install ${wanted}`)
  }
  return { present: false }
}
