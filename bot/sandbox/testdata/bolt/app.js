'use strict';
// A small app written with the official client, as its documentation shows it. It takes its settings from the
// environment, tells what it sees as lines of JSON on standard output, and stops when standard input ends.
const { App, LogLevel } = require('@slack/bolt');

const tell = (event, seen = {}) => process.stdout.write(`${JSON.stringify({ event, ...seen })}\n`);

const app = new App({
  token: process.env.SLACK_BOT_TOKEN,
  appToken: process.env.SLACK_APP_TOKEN,
  socketMode: true,
  logLevel: LogLevel.WARN, // warnings and errors go to standard error
  clientOptions: { slackApiUrl: process.env.SLACK_API_URL }, // the Socket Mode client takes these, too
});

const plain = (text) => ({ type: 'plain_text', text });

const form = (channel) => ({
  type: 'modal',
  callback_id: 'form',
  private_metadata: channel,
  title: plain('Order'),
  submit: plain('Send'),
  blocks: [{
    type: 'input', block_id: 'what', label: plain('What'), element: { type: 'plain_text_input', action_id: 'text' },
  }],
});

app.command('/ask', async ({ command, ack, respond, client }) => {
  tell('command', { text: command.text, user: command.user_id, channel: command.channel_id });
  switch (command.text) {
    case 'form': {
      await ack();
      const { view } = await client.views.open({ trigger_id: command.trigger_id, view: form(command.channel_id) });
      tell('opened', { id: view.id });
      return;
    }
    case 'later': {
      await ack();
      const { status } = await respond({ response_type: 'in_channel', text: 'here it is' });
      tell('responded', { status });
      return;
    }
    default:
      await ack(`You said: ${command.text}`);
  }
});

app.shortcut('keep', async ({ shortcut, ack, client }) => {
  await ack();
  await client.pins.add({ channel: shortcut.channel.id, timestamp: shortcut.message.ts });
  tell('shortcut', { ts: shortcut.message.ts, text: shortcut.message.text });
});

app.view('form', async ({ ack, body, view, client }) => {
  const { value } = view.state.values.what.text;
  tell('submission', { value, user: body.user.id });
  if (value === 'nothing') {
    await ack({ response_action: 'errors', errors: { what: 'Say something.' } });
    return;
  }
  await ack();
  const { ts } = await client.chat.postMessage({
    channel: view.private_metadata,
    text: value,
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text: value } },
      { type: 'actions', elements: [{ type: 'button', action_id: 'take', value: '7', text: plain('Take it') }] },
    ],
  });
  tell('card', { ts });
});

app.action('take', async ({ ack, action, body, client, respond }) => {
  await ack();
  const channel = body.channel.id;
  const { ts } = body.message;
  await respond('Thank you.');
  await respond({ replace_original: true, text: `taken by <@${body.user.id}>` });
  const metadata = { event_type: 'taken', event_payload: { by: body.user.id, value: Number(action.value) } };
  const reply = await client.chat.postMessage({ channel, thread_ts: ts, text: 'taken', metadata });
  const find = async (more) => {
    const { messages } = await client.conversations.replies({ channel, ts, ...more });
    return messages.find((m) => m.ts === reply.ts);
  };
  const full = await find({ include_all_metadata: true });
  const short = await find({});
  tell('thread', { ts, reply: reply.ts, parent: full.thread_ts, metadata: full.metadata, unasked: short.metadata ?? null });
});

app.event('app_mention', async ({ event, body, say }) => {
  const { ts } = await say({ text: `at your service, <@${event.user}>`, thread_ts: event.ts });
  tell('mention', { user: event.user, text: event.text, event_id: body.event_id, ts: event.ts, reply: ts });
});

app.error(async (error) => {
  tell('error', { message: String(error.original ?? error) });
});

async function main() {
  process.stdin.resume();
  process.stdin.once('end', async () => {
    await app.stop();
    tell('stopped');
  });
  app.receiver.client.on('connected', () => tell('connected'));
  await app.start();
  const { user_id: user, bot_id: bot } = await app.client.auth.test();
  tell('started', { user, bot });
}

main().catch((error) => {
  tell('error', { message: String(error) });
  process.exitCode = 1;
  process.stdin.destroy();
});
