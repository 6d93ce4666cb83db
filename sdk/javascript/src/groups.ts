// Splitting work among tasks (Java's ConnectorUtils).

/**
 * Splits `elements` into `groups` runs in their order, as even as possible, the longer runs first
 * (`ConnectorUtils.groupPartitions`). With more groups than elements the last groups are empty; without groups the answer is.
 */
export function groupPartitions<T>(elements: readonly T[], groups: number): T[][] {
  const each = Math.floor(elements.length / groups);
  const left = elements.length % groups;
  const runs: T[][] = [];
  for (let group = 0, start = 0; group < groups; group++) {
    const end = start + each + Number(group < left);
    runs.push(elements.slice(start, end));
    start = end;
  }
  return runs;
}
