// What the Trust Layer found, in both shapes: `contentQuality.scanToxicity` of the classic surface (reference 2.3) and the
// two score objects of the gateway (reference 3.6).

import type { JsonObject, Safety, SafetyScore } from '../../../core/neutral/index.ts';
import { pickBoolean, pickNumber, pickObject, pickObjects, pickString } from './fields.ts';

/** The Trust Layer knows eight categories; what goes far beyond is not scores. */
const SCORES_MAX = 32;

export function readSafety(generation: JsonObject): Safety | undefined {
  const quality = pickObject(generation, 'contentQuality', 'content_quality', 'generation_content_quality');
  const rating = pickObject(generation, 'generation_safety_score', 'generationSafetyScore');
  const scan = pickObject(quality, 'scanToxicity', 'scan_toxicity');
  const scores = [...scannedScores(scan), ...ratedScores(rating)].slice(0, SCORES_MAX);
  const toxicityDetected =
    pickBoolean(scan, 'isDetected', 'is_detected') ??
    pickBoolean(quality, 'is_toxicity_detected', 'isToxicityDetected');
  const safetyScore = pickNumber(rating, 'safety_score', 'safetyScore');
  if (toxicityDetected === undefined && safetyScore === undefined && scores.length === 0) return undefined;
  return { toxicityDetected, scores, safetyScore };
}

function scannedScores(scan: JsonObject | undefined): SafetyScore[] {
  const found: SafetyScore[] = [];
  for (const entry of pickObjects(scan, 'categories')) {
    const category = pickString(entry, 'categoryName', 'category_name');
    const score = pickNumber(entry, 'score');
    if (category !== undefined && score !== undefined) found.push({ category, score });
  }
  return found;
}

function ratedScores(rating: JsonObject | undefined): SafetyScore[] {
  const found: SafetyScore[] = [];
  for (const [category, score] of Object.entries(
    pickObject(rating, 'category_scores', 'categoryScores') ?? {},
  )) {
    if (typeof score === 'number' && Number.isFinite(score)) found.push({ category, score });
  }
  return found;
}
