/** Who hears how what is shown fares. */
export interface Listener {
  height(height: number): void
  error(message: string): void
}
