/** An asynchronous question of a component, with its waiting, failed and answered states. */
import { useEffect, useEffectEvent, useState } from "react";

export type Answer<T> =
  | { readonly state: "waiting"; readonly previous: T | undefined }
  | { readonly state: "failed"; readonly error: Error }
  | { readonly state: "ready"; readonly value: T };

/**
 * Asks again whenever `key` changes. An answer to an older question is dropped, and the older question is cancelled.
 * While waiting, the previous answer stays at hand so that panels do not flicker.
 */
export function useAnswer<T>(key: string, ask: (signal: AbortSignal) => Promise<T>): Answer<T> {
  const [answer, setAnswer] = useState<{ readonly key: string; readonly answer: Answer<T> }>({
    key: "",
    answer: { state: "waiting", previous: undefined },
  });
  // The key stands for everything that `ask` closes over.
  const askNow = useEffectEvent(ask);
  const isAnswered = useEffectEvent(() => answer.key === key && answer.answer.state === "ready");
  useEffect(() => {
    // Back to the question whose answer is still at hand.
    if (isAnswered()) return;
    const controller = new AbortController();
    const run = async (): Promise<void> => {
      const next = await askNow(controller.signal).then(
        (value): Answer<T> => ({ state: "ready", value }),
        (error: unknown): Answer<T> => ({ state: "failed", error: error instanceof Error ? error : new Error(String(error)) }),
      );
      if (!controller.signal.aborted) setAnswer({ key, answer: next });
    };
    void run();
    return () => controller.abort();
  }, [key]);
  if (answer.key === key) return answer.answer;
  const { answer: last } = answer;
  return { state: "waiting", previous: last.state === "ready" ? last.value : last.state === "waiting" ? last.previous : undefined };
}
