// What Salesforce's Trust Layer found in a reply. Advisory: Salesforce does not block content over the API.

export type SafetyScore = { readonly category: string; readonly score: number };

export type Safety = {
  /** Whether toxic content was detected; undefined where the surface did not say. */
  readonly toxicityDetected: boolean | undefined;
  /** Per category, 0 to 1; higher means more of it. */
  readonly scores: readonly SafetyScore[];
  /** The overall score of the newer surface, 0 to 1; higher is better. */
  readonly safetyScore: number | undefined;
};
