import { z } from 'zod';
import { figures } from '../analytics/figures';
import type { MetricName } from '../analytics/metric';

const ratio = z.number().nullable();
/** What an answer tells of an agent's work in a span of time. */
export const agentFigures = { ...figures, success_rate: ratio, duration_average: ratio.meta({ description: 'milliseconds' }) };
export const FIGURES = Object.keys(agentFigures) as [keyof typeof agentFigures & MetricName, ...MetricName[]];
