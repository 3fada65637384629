// What storage says: notices, kinds of import, and what an import left out.
export default {
  noticeBlocked: 'Another tab uses an older version of this page. Close it to go on.',
  noticeOutdated:
    'A newer version of this page runs in another tab. Reload to use it; what you write here is not saved.',
  noticeFull: 'The storage is full. What you write now stays in this tab only: export it, or delete something.',
  noticeNearlyFull: 'The storage is nearly full.',
  noticePrivateMode:
    'This window cannot save conversations. They are gone when it closes: export what you want to keep.',
  noticeNewerVersion:
    'Your conversations were saved by a newer version of this page. They are safe; this version cannot open them.',
  noticeUpgradeFailed:
    'Your conversations could not be brought to this version. They are safe, as they were; what you write now is not saved.',
  formatOwn: 'Export of this program',
  formatLlmspy: 'llms.py export',
  formatOpenWebui: 'Open WebUI export',
  formatLibrechat: 'LibreChat export',
  formatChatgpt: 'ChatGPT export',
  formatLlamaCpp: 'llama.cpp export',
  skippedExists: 'Already here',
  skippedEmpty: 'Without messages',
  skippedUnreadable: 'Not readable: {reason}',
  lostFile: 'A file is not in the export: {name}',
  lostPart: 'Not brought over: {name}',
  unknownFormat: 'This file is no export that is known here.',
  notJson: 'This file is no JSON: {reason}',
} as const
