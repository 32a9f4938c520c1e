/** What an address keeps when one goes to another page: the range and nothing else. */
import { parseRange, type RangeSearch } from "../time/range";

export function toSearchOfRange(search: object): RangeSearch {
  return parseRange({ ...search });
}
