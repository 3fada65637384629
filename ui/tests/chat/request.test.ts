import { describe, expect, it } from 'vitest'
import { dataUrl } from '@/chat/attachments'
import { refusalOf } from '@/chat/refusal'
import { buildRequest, type Asked } from '@/chat/request'
import { tokensOf, trimFurther } from '@/chat/trim'
import { answer, attachment, model, prompt, Shelf, textBlob } from './support/make'

const shelf = new Shelf()
shelf.blobs.set('cat.png', new Blob([Uint8Array.of(1)], { type: 'image/png' }))
shelf.blobs.set('talk.mp3', new Blob([Uint8Array.of(2)], { type: 'audio/mpeg' }))
shelf.blobs.set('paper.pdf', new Blob([Uint8Array.of(3)], { type: 'application/pdf' }))
shelf.blobs.set('notes.md', textBlob('# Notes'))

const PNG = 'data:image/png;base64,AQ=='
const asked = (of: Partial<Asked>): Asked => ({
  model: 'a/b',
  info: undefined,
  systemPrompt: '',
  branch: [],
  trimmed: 0,
  params: {},
  stream: true,
  ...of,
})
const messagesFor = async (of: Partial<Asked>) => (await buildRequest(asked(of), shelf.get)).messages

describe('a request', () => {
  it('holds the system prompt, the branch, the parameters and how the answer is wanted', async () => {
    const request = await buildRequest(
      asked({
        systemPrompt: 'Be brief.',
        branch: [prompt('Hi'), answer('Hello'), prompt('Who are you?')],
        params: { temperature: 0.5, stream: false, seed: undefined } as never,
      }),
      shelf.get,
    )
    expect(request).toEqual({
      model: 'a/b',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello' },
        { role: 'user', content: 'Who are you?' },
      ],
      temperature: 0.5,
      stream: true,
      stream_options: { include_usage: true },
    })
  })

  it('asks for a whole answer where streaming is off', async () => {
    const request = await buildRequest(asked({ stream: false, systemPrompt: ' \n' }), shelf.get)
    expect(request).toEqual({ model: 'a/b', messages: [], stream: false })
  })

  it('turns files into parts, in their order, before the question', async () => {
    const attachments = [
      attachment('image', 'cat.png', 'image/png'),
      attachment('audio', 'talk.mp3', 'audio/mpeg'),
      attachment('text', 'notes.md', 'text/markdown'),
      attachment('pdf', 'paper.pdf', 'application/pdf'),
    ]
    expect(await messagesFor({ branch: [prompt('What is this?', { attachments })] })).toEqual([
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: PNG } },
          { type: 'input_audio', input_audio: { data: 'Ag==', format: 'mp3' } },
          { type: 'text', text: 'File: notes.md\n\n# Notes' },
          { type: 'file', file: { filename: 'paper.pdf', file_data: 'data:application/pdf;base64,Aw==' } },
          { type: 'text', text: 'What is this?' },
        ],
      },
    ])
  })

  it('may be files alone', async () => {
    const attachments = [attachment('image', 'cat.png', 'image/png')]
    const [message] = await messagesFor({ branch: [prompt('', { attachments })] })
    expect(message!.content).toEqual([{ type: 'image_url', image_url: { url: PNG } }])
  })

  it('cannot be made when a file is gone', async () => {
    const branch = [prompt('?', { attachments: [attachment('image', 'gone.png', 'image/png')] })]
    const made = messagesFor({ branch })
    await expect(made).rejects.toMatchObject({ code: 'attachment_lost', message: expect.stringContaining('gone.png') })
  })

  it('leaves out answers that never came, and keeps those that broke off', async () => {
    const branch = [
      prompt('a'),
      answer('', { status: 'error' }),
      prompt('b'),
      answer('half', { status: 'canceled' }),
      prompt('c'),
    ]
    expect((await messagesFor({ branch })).map(({ content }) => content)).toEqual(['a', 'b', 'half', 'c'])
  })

  it('leaves out the oldest messages of what is too long', async () => {
    const branch = [prompt('a'), answer('b'), prompt('c')]
    expect((await messagesFor({ branch, trimmed: 2 })).map(({ content }) => content)).toEqual(['c'])
  })

  it('gives the state of an answer back to its model, and to no other', async () => {
    const carry = { thinking_blocks: [{ type: 'thinking', signature: 's' }], reasoning_details: [1] }
    const branch = [prompt('a'), answer('b', { model: 'a/b', carry, reasoning: 'hm' }), prompt('c')]
    expect((await messagesFor({ branch }))[1]).toEqual({ role: 'assistant', content: 'b', ...carry })
    expect((await messagesFor({ branch, model: 'x/y' }))[1]).toEqual({ role: 'assistant', content: 'b' })
  })

  it('tells tool calls with their results, and no others', async () => {
    const call = { index: 0, id: 'c1', name: 'look', arguments: '{}', carry: { google: { thought_signature: 's' } } }
    const toolCalls = [
      { ...call, result: '42' },
      { ...call, index: 1, id: 'c2' },
    ]
    const branch = [prompt('a'), answer('', { model: 'a/b', toolCalls, reasoning: 'hm' }), prompt('c')]
    expect((await messagesFor({ branch })).slice(1, 3)).toEqual([
      {
        role: 'assistant',
        content: '',
        tool_calls: [
          { id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' }, extra_content: call.carry },
        ],
        reasoning_content: 'hm',
      },
      { role: 'tool', content: '42', tool_call_id: 'c1' },
    ])
    const [, elsewhere] = await messagesFor({ branch, model: 'x/y' })
    expect(elsewhere).not.toHaveProperty('reasoning_content')
    expect(JSON.stringify(elsewhere)).not.toContain('thought_signature')
  })

  it('shows pictures of an answer to their own model, or with the next prompt to one that can see', async () => {
    const branch = [prompt('draw'), answer('', { model: 'a/b', images: ['cat.png'] }), prompt('and now?')]
    const picture = { type: 'image_url', image_url: { url: PNG } }
    expect((await messagesFor({ branch }))[1]).toEqual({ role: 'assistant', content: '', images: [picture] })
    const seeing = model('x/y', { modalities: { input: ['text', 'image'] } })
    expect(await messagesFor({ branch, model: 'x/y', info: seeing })).toEqual([
      { role: 'user', content: 'draw' },
      { role: 'user', content: [picture, { type: 'text', text: 'and now?' }] },
    ])
    expect(await messagesFor({ branch, model: 'x/y' })).toHaveLength(2)
  })
})

describe('files', () => {
  const blind = model('a/blind', { modalities: { input: ['text'] } })

  it('that the model does not take are refused by name', () => {
    const files = [attachment('text', 'a.txt', 'text/plain'), attachment('image', 'cat.png', 'image/png')]
    expect(refusalOf(files, blind)).toMatchObject({
      code: 'unsupported_modality',
      message: 'blind does not take images: cat.png',
    })
    expect(refusalOf(files.slice(0, 1), blind)).toBeNull()
  })

  it('are let through where nothing is known', () => {
    const files = [attachment('image', 'cat.png', 'image/png')]
    expect(refusalOf(files, model('x'))).toBeNull()
    expect(refusalOf(files, undefined)).toBeNull()
  })

  it('have a type even where the system knows none', async () => {
    expect(await dataUrl(new Blob([Uint8Array.of(1)]), '')).toBe('data:application/octet-stream;base64,AQ==')
  })
})

describe('trimming', () => {
  const long = 'x'.repeat(4000)
  const branch = [prompt(long), answer(long), prompt(long), answer(long), prompt(long)]

  it('drops whole turns from the start until it fits', () => {
    const trimmed = trimFurther(branch, 0, model('a', { context_window: 6000 }), {})
    expect(trimmed).toBe(2)
    const kept = branch.slice(trimmed).reduce((sum, message) => sum + tokensOf(message), 0)
    expect(kept).toBeLessThanOrEqual((6000 - 1024) * 0.75)
  })

  it('halves what was sent where the window is not known, again and again, down to the question', () => {
    const first = trimFurther(branch, 0, undefined, {})
    expect(first).toBe(4)
    expect(trimFurther(branch, first, undefined, {})).toBe(4)
  })

  it('counts files', () => {
    const attachments = [
      attachment('image', 'a', 'image/png'),
      { ...attachment('pdf', 'b', 'application/pdf'), size: 1600 },
    ]
    expect(tokensOf(prompt('abcd', { attachments }))).toBe(1 + 1000 + 100)
  })
})
