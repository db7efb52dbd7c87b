import type { PanelRow } from './panel-row';

const SLO = 'slo=~"$slo"';

/** The panels of the SLO dashboard. */
export const SLO_PANELS: readonly PanelRow[] = [
  {
    id: 1, title: 'Error Budget Left', kind: 'stat', unit: 'percentunit', max: 1, green: 0,
    description: 'What is left of the error budget of the last 30 days. Below zero the objective was missed.',
    queries: [{ expr: `slo:error_budget_remaining:ratio{${SLO}}`, legend: '{{slo}}' }],
  },
  {
    id: 2, title: 'Objectives', kind: 'stat', unit: 'percentunit', max: 1,
    description: 'Share of events that has to be good.',
    queries: [{ expr: `slo:objective:ratio{${SLO}}`, legend: '{{slo}}' }],
  },
  {
    id: 3, title: 'Burn Rate, 1 h', kind: 'timeseries', unit: 'short',
    description: 'How many times too fast the budget burns; 1 uses it up exactly. Pages together with the 5-minute rate.',
    queries: [
      { expr: `slo:burn:rate1h{${SLO}}`, legend: '{{slo}} 1h' },
      { expr: `slo:burn:rate5m{${SLO}}`, legend: '{{slo}} 5m' },
    ],
    mirrors: [{ alert: 'ErrorBudgetBurnFast', record: 'slo:burn:rate1h' }],
  },
  {
    id: 4, title: 'Burn Rate, 6 h', kind: 'timeseries', unit: 'short',
    description: 'Pages together with the 30-minute rate.',
    queries: [
      { expr: `slo:burn:rate6h{${SLO}}`, legend: '{{slo}} 6h' },
      { expr: `slo:burn:rate30m{${SLO}}`, legend: '{{slo}} 30m' },
    ],
    mirrors: [{ alert: 'ErrorBudgetBurnFast', record: 'slo:burn:rate6h' }],
  },
  {
    id: 5, title: 'Burn Rate, 1 d', kind: 'timeseries', unit: 'short',
    description: 'Opens a ticket together with the 2-hour rate.',
    queries: [
      { expr: `slo:burn:rate1d{${SLO}}`, legend: '{{slo}} 1d' },
      { expr: `slo:burn:rate2h{${SLO}}`, legend: '{{slo}} 2h' },
    ],
    mirrors: [{ alert: 'ErrorBudgetBurnSlow', record: 'slo:burn:rate1d' }],
  },
  {
    id: 6, title: 'Burn Rate, 3 d', kind: 'timeseries', unit: 'short',
    description: 'Opens a ticket together with the 6-hour rate.',
    queries: [{ expr: `slo:burn:rate3d{${SLO}}`, legend: '{{slo}} 3d' }],
    mirrors: [{ alert: 'ErrorBudgetBurnSlow', record: 'slo:burn:rate3d' }],
  },
  {
    id: 7, title: 'Events', kind: 'timeseries', unit: 'eps',
    description: 'Events per second that the objective counts; an objective without events says nothing.',
    queries: [{ expr: `slo:events:rate5m{${SLO}}`, legend: '{{slo}}' }],
  },
  {
    id: 8, title: 'Bad Events', kind: 'timeseries', unit: 'eps',
    description: 'Bad events per second.',
    queries: [{ expr: `slo:bad_events:rate5m{${SLO}}`, legend: '{{slo}}' }],
  },
];
