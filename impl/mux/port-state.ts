/** What the PF context knows of its port and of the time; port events change it. */
import type { MuxPort } from "./config.ts"

/** The upper and lower 32 bits of 16 hex digits, signed. */
export const halvesOf = (hex: string): readonly [high: number, low: number] =>
  [Number.parseInt(hex.slice(0, 8), 16) | 0, Number.parseInt(hex.slice(8), 16) | 0]

/** 16 lower-case hex digits of two 32-bit halves. */
export const hexOfHalves = (high: number, low: number): string =>
  (high >>> 0).toString(16).padStart(8, "0") + (low >>> 0).toString(16).padStart(8, "0")

/** The port and the clock, one object that every part of the engine reads. */
export class PortState {
  /** Milliseconds modulo 2^32, as a signed number: for differences only. */
  now = 0
  /** The clock as `poll` was given it. */
  nowMs = 0
  up: boolean
  lid: number
  lmc: number
  /** 0 while no subnet manager is known. */
  smLid: number
  smSl: number
  prefixHigh = 0
  prefixLow = 0
  /** Grows whenever the prefix changes. */
  prefixVersion = 0
  /** The former prefix, understood until `formerUntil` while `hasFormer`. */
  formerHigh = 0
  formerLow = 0
  formerUntil = 0
  hasFormer = false
  constructor(port: MuxPort) {
    this.up = port.up
    this.lid = port.lid
    this.lmc = port.lmc
    this.smLid = port.smLid ?? 0
    this.smSl = port.smSl
    const [high, low] = halvesOf(port.subnetPrefix)
    this.prefixHigh = high
    this.prefixLow = low
  }

  /** Moves the clock to `nowMs`; it never goes back. True if it moved. */
  advance(nowMs: number): boolean {
    if (nowMs <= this.nowMs) return false
    this.nowMs = nowMs
    this.now = nowMs | 0
    if (this.hasFormer && ((this.now - this.formerUntil) | 0) >= 0) this.hasFormer = false
    return true
  }

  /** Changes the prefix; the former one is understood for `graceMs`. False: it is the current one. */
  changePrefix(high: number, low: number, graceMs: number): boolean {
    if (high === this.prefixHigh && low === this.prefixLow) return false
    this.formerHigh = this.prefixHigh
    this.formerLow = this.prefixLow
    this.formerUntil = (this.now + graceMs) | 0
    this.hasFormer = graceMs > 0
    this.prefixHigh = high
    this.prefixLow = low
    this.prefixVersion += 1
    return true
  }
}
