/** The areas an implementation can be driven in: names for a command line of what the generator's sequences are about. */
import { subjects } from "../generate.ts"

/** Names that are shorter than what they stand for. */
const SHORT: Readonly<Record<string, string>> = {
  "communication management": "cm",
  "joins and leaves": "joins",
  "QPs, views, port events": "ports",
  "alias GUIDs": "guids",
  "service records": "services",
  "an insane SA": "insane-sa"
}

const nameOf = (about: string): string => SHORT[about] ?? about.toLowerCase().replaceAll(/[^a-z]+/g, "-")

/** An area: its name, and the subject of the generator. */
export interface Area {
  readonly name: string
  readonly about: string
}

/** All areas, in the order of the generator's profiles. */
export const areas: ReadonlyArray<Area> = subjects.map((about) => ({ name: nameOf(about), about }))

/** The area of a name; undefined for a name of none. */
export const areaOf = (name: string): Area | undefined => areas.find((area) => area.name === name)
