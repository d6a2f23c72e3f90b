/** Why files cannot be used, and whether one can be written before the work is done that is to go there. */
import { accessSync, closeSync, constants, openSync, statSync, unlinkSync } from "node:fs"
import type { PlatformError } from "effect/PlatformError"

/** What the operating system says, in words. */
const SAYINGS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or directory",
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EISDIR: "it is a directory",
  ENOTDIR: "a part of its path is no directory",
  EEXIST: "it is there, and no directory",
  ENOSPC: "no space left on the device",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file would be too large",
  EIO: "the device failed",
  EROFS: "the file system is read-only",
  EPIPE: "the reader is gone",
  EMFILE: "too many open files",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "its symbolic links lead in a circle",
  ENXIO: "there is no such device",
  EBUSY: "the device is busy"
}

const codeIn = (fault: unknown): string | undefined =>
  typeof fault === "object" && fault !== null && "code" in fault && typeof fault.code === "string" ? fault.code : undefined

/** Why a file could not be used, in words: "no space left on the device" instead of a name of the runtime. */
export const fileFault = (fault: unknown): string => {
  const cause = isPlatformError(fault) ? (fault.reason.cause ?? fault) : fault
  const code = codeIn(cause)
  const saying = code === undefined ? undefined : SAYINGS[code]
  if (saying !== undefined) return saying
  if (isPlatformError(fault)) return WORDS[fault.reason._tag] ?? fault.reason.message
  return cause instanceof Error ? cause.message : String(cause)
}

const isPlatformError = (fault: unknown): fault is PlatformError =>
  typeof fault === "object" && fault !== null && "_tag" in fault && fault._tag === "PlatformError"

/** For faults that bear no code. */
const WORDS: Readonly<Record<string, string>> = {
  NotFound: "no such file or directory",
  PermissionDenied: "permission denied",
  BadResource: "not a plain file"
}

const isThere = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined

/** Opens and leaves a plain file; a new one goes again. What is no plain file may take an open for more than a try. */
const tryFile = (path: string): void => {
  const isNew = !isThere(path)
  if (!isNew && !statSync(path).isFile() && !statSync(path).isDirectory()) return accessSync(path, constants.W_OK)
  closeSync(openSync(path, "a"))
  if (isNew) unlinkSync(path)
}

/**
 * Why a file cannot be written, in words, or null if it can, as far as a try tells: nothing is written, and what stands
 * there stays as it is. For a command that works long before it writes.
 */
export const targetFault = (path: string): string | null => {
  if (path === "") return "the name of the file is empty"
  try {
    tryFile(path)
    return null
  } catch (cause) {
    return fileFault(cause)
  }
}
