/** A table as the completion scripts offer it. */
export interface TableName {
  readonly name: string;
  readonly label: string;
}
