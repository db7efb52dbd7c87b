import { writeFileSync } from 'node:fs';
import { inFolder } from '../folder';
import { dashboards, dashboardText } from './dashboards';

/** Writes the dashboard files from their tables; returns their names. */
export function writeDashboards(): string[] {
  return Object.entries(dashboards()).map(([name, model]) => {
    writeFileSync(inFolder(name), dashboardText(model));
    return name;
  });
}
