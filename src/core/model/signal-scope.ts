/** `scope` of a pending signal that ended the process: debuggers say so of a core. */
export const ENDED_PROCESS = "it ended the process";
/** A debugger stopped the process to dump it. */
export const STOPPED_BY_DEBUGGER = "stop by the debugger";
