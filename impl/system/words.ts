/** Words for numbers of things. */

/** "1 step", "2 steps"; `many` where more than an s is added. */
export const countText = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`
