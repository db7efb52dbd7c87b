import type { Population, User } from './population';
import { SeededRandom } from './seeded-random';

const DAY_MS = 86_400_000;

interface Present {
  users: User[];
  /** Weights summed up to and including each user. */
  cumulative: number[];
}

/** Who is there on which day: drawn once for each workspace and UTC day, so that the same people return through that day. */
export class Attendance {
  private day = Number.NaN;
  private present: Present = { users: [], cumulative: [] };

  constructor(
    private readonly seed: string,
    private readonly population: Population,
  ) {}

  /** One of the people who are there at `timeMs`, those who do more more often. */
  userAt(timeMs: number, random: SeededRandom): User {
    const day = Math.floor(timeMs / DAY_MS);
    if (day !== this.day) this.present = this.presentOn(day);
    this.day = day;
    const { users, cumulative } = this.present;
    const mark = random.next() * (cumulative.at(-1) ?? 0);
    const index = cumulative.findIndex((sum) => sum > mark);
    return users[Math.max(0, index)] as User;
  }

  private presentOn(day: number): Present {
    const random = new SeededRandom(`${this.seed}/attendance/${this.population.workspace}/${day}`);
    const weekday = (day + 4) % 7;
    const factor = weekday === 0 || weekday === 6 ? 0.25 : 1;
    const came = this.population.users.filter((user) => random.chance(user.presence * factor));
    const users = came.length > 0 ? came : [random.pick(this.population.users)];
    let sum = 0;
    return { users, cumulative: users.map((user) => (sum += user.weight)) };
  }
}
