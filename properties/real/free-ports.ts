/** Free UDP ports in a row: ibsim needs its control port and one data port for each of ten slots. */
import { createSocket, type Socket } from "node:dgram"

const PORTS = 11

const bindPort = (port: number): Promise<Socket | undefined> =>
  new Promise((resolve) => {
    const socket = createSocket("udp4")
    socket.once("error", () => socket.close(() => resolve(undefined)))
    socket.bind(port, "0.0.0.0", () => resolve(socket))
  })

/**
 * A base port B with B..B+10 free, below the ephemeral range so that no client socket takes one meanwhile.
 */
export const freeBasePort = async (): Promise<number> => {
  for (let attempt = 0; attempt < 50; attempt++) {
    const base = 12_000 + PORTS * Math.trunc(Math.random() * 1800)
    const sockets: Array<Socket> = []
    for (let port = base; port < base + PORTS; port++) {
      const socket = await bindPort(port)
      if (socket === undefined) break
      sockets.push(socket)
    }
    const free = sockets.length === PORTS
    await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))))
    if (free) return base
  }
  throw new Error(`no ${PORTS} consecutive free UDP ports found in 12000..31800: stop what occupies them`)
}
