export function printTable(rows: readonly (readonly string[])[]): void;
