/** Names of numbers: the inverse of a constants table, for texts. */

/**
 * A function from the numbers of `table` to their names; a number the table lacks is written as hex of
 * `digits` digits.
 */
export const nameOf = (
  table: Readonly<Record<string, number>>,
  digits: number
): ((value: number) => string) => {
  const names = new Map(Object.entries(table).map(([name, value]) => [value, name]))
  return (value) => names.get(value) ?? `0x${value.toString(16).padStart(digits, "0")}`
}
