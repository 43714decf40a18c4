// What the Trust Layer found, in both shapes: `contentQuality.scanToxicity` of the classic surface (reference 2.3) and the
// two score objects of the gateway (reference 3.6).

import type { JsonObject, Safety, SafetyScore } from '../../../core/neutral/index.ts';
import { objectsOf, textOf } from '../../../core/wire/index.ts';
import { booleanOf, numberOf, objectOf } from './fields.ts';

/** The Trust Layer knows eight categories; what goes far beyond is not scores. */
const SCORES_MAX = 32;

export function readSafety(generation: JsonObject): Safety | undefined {
  const quality = objectOf(
    generation['contentQuality'] ?? generation['content_quality'] ?? generation['generation_content_quality'],
  );
  const rating = objectOf(generation['generation_safety_score'] ?? generation['generationSafetyScore']);
  // Most replies were not looked at.
  if (quality === undefined && rating === undefined) return undefined;
  const scan = objectOf(quality?.['scanToxicity'] ?? quality?.['scan_toxicity']);
  const scores = [...scannedScores(scan), ...ratedScores(rating)].slice(0, SCORES_MAX);
  const toxicityDetected =
    booleanOf(scan?.['isDetected'] ?? scan?.['is_detected']) ??
    booleanOf(quality?.['is_toxicity_detected'] ?? quality?.['isToxicityDetected']);
  const safetyScore = numberOf(rating?.['safety_score'] ?? rating?.['safetyScore']);
  if (toxicityDetected === undefined && safetyScore === undefined && scores.length === 0) return undefined;
  return { toxicityDetected, scores, safetyScore };
}

function scannedScores(scan: JsonObject | undefined): SafetyScore[] {
  const found: SafetyScore[] = [];
  for (const entry of objectsOf(scan?.['categories'])) {
    const category = textOf(entry['categoryName'] ?? entry['category_name']);
    const score = numberOf(entry['score']);
    if (category !== undefined && score !== undefined) found.push({ category, score });
  }
  return found;
}

function ratedScores(rating: JsonObject | undefined): SafetyScore[] {
  const found: SafetyScore[] = [];
  const categories = objectOf(rating?.['category_scores'] ?? rating?.['categoryScores']);
  if (categories === undefined) return found;
  for (const [category, score] of Object.entries(categories)) {
    if (typeof score === 'number' && Number.isFinite(score)) found.push({ category, score });
  }
  return found;
}
