/** How far a long call has come. */
export interface Progress {
  readonly phase: string;
  /** Of `total`, in bytes unless `unit` says otherwise. */
  readonly done: number;
  readonly total: number;
  readonly unit?: "files";
}

export type OnProgress = (progress: Progress) => void;
