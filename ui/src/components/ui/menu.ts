import type { IconName } from '@/components/ui/icons'

/** One line of a menu. */
export interface MenuItem {
  id: string
  label: string
  hint?: string
  icon?: IconName
  keys?: string
  danger?: boolean
  disabled?: boolean
  /** A line above it. */
  separated?: boolean
  /** Makes it one that is on or off. */
  checked?: boolean
  run: () => unknown
}
