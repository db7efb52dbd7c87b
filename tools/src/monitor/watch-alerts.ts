import { Receiver } from '@shadower/monitoring';

interface Slack {
  channel: string;
  attachments: { title: string; text: string }[];
}

const time = (): string => new Date().toLocaleTimeString('en-GB');

/** A receiver that stands for Slack, PagerDuty and the dead man's switch, and says each message that it gets. */
export async function watchAlerts(say: (line: string) => void): Promise<Receiver> {
  const receiver = await Receiver.start();
  receiver.on(({ path, body }) => {
    if (path.startsWith('/slack')) {
      const { channel, attachments } = JSON.parse(body) as Slack;
      for (const { title, text } of attachments) say(`${time()}  ${channel}  ${title}: ${text.trim().split('\n')[0] ?? ''}`);
    }
    if (path.startsWith('/pagerduty')) {
      const { event_action, payload } = JSON.parse(body) as { event_action: string; payload: { summary: string } };
      say(`${time()}  PagerDuty ${event_action}  ${payload.summary}`);
    }
  });
  return receiver;
}
