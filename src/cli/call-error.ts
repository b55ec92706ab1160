/** A wrong call, or something that cannot be opened or written: one line for the user, exit status 2. */
export class CallError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "CallError";
  }
}
