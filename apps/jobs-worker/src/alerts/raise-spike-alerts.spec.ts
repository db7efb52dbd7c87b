import { slotsBefore, spikesOf, type SlotRow } from './raise-spike-alerts';

const NOW = new Date('2026-03-29T10:07:00Z');
const slots = slotsBefore(NOW);
const row = (bucket: Date, credits: number, first = slots[8]): SlotRow => ({ workspace_id: 'acme', first_bucket: first ?? bucket, bucket, credits, failed: 0, events: 0 });

describe('slotsBefore', () => {
  it('gives the last quarter of an hour that is over, and the same one of eight weeks', () => {
    expect(slots.map((slot) => slot.toISOString()).slice(0, 3)).toEqual(['2026-03-29T09:45:00.000Z', '2026-03-22T09:45:00.000Z', '2026-03-15T09:45:00.000Z']);
    expect(slots).toHaveLength(9);
    expect(slotsBefore(new Date('2026-03-29T10:00:00Z'))[0].toISOString()).toBe('2026-03-29T09:45:00.000Z');
  });
});

describe('spikesOf', () => {
  const usual = slots.slice(1).map((slot, week) => row(slot, 100 + week));

  it('finds what is far above the usual, and tells by how much', () => {
    expect(spikesOf([...usual, row(slots[0], 1_000)], slots)).toEqual([
      { workspace_id: 'acme', subject: 'credits at 2026-03-29T09:45:00.000Z', details: { metric: 'credits', bucket: '2026-03-29T09:45:00.000Z', value: 1_000, usual: 103.5, bound: 155.25 } },
    ]);
    expect(spikesOf([...usual, row(slots[0], 150)], slots)).toEqual([]);
  });

  it('counts a quiet slot as nothing, and does not count the weeks before the workspace began', () => {
    expect(spikesOf([row(slots[0], 11)], slots)).toHaveLength(1);
    expect(spikesOf([row(slots[0], 10)], slots)).toEqual([]);
    expect(spikesOf([row(slots[0], 1_000_000, slots[3])], slots)).toEqual([]);
    expect(spikesOf([row(slots[0], 1_000_000, slots[4])], slots)).toHaveLength(1);
  });

  it('says nothing about a workspace with nothing in the newest slot', () => {
    expect(spikesOf(usual, slots)).toEqual([]);
  });
});
