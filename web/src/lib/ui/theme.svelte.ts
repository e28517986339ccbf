/** Dark or light: the system's choice until the person makes one. `static/theme.js` applies it first. */
export type ThemeChoice = 'system' | 'light' | 'dark';

function stored(): ThemeChoice {
  try {
    const value = localStorage.getItem('theme');
    return value === 'dark' || value === 'light' ? value : 'system';
  } catch {
    return 'system';
  }
}

class Theme {
  choice = $state<ThemeChoice>('system');
  dark = $state(true);

  start(): () => void {
    const system = window.matchMedia('(prefers-color-scheme: dark)');
    const follow = () => this.apply();
    this.choice = stored();
    this.apply();
    system.addEventListener('change', follow);
    return () => system.removeEventListener('change', follow);
  }

  choose(choice: ThemeChoice): void {
    this.choice = choice;
    try {
      if (choice === 'system') localStorage.removeItem('theme');
      else localStorage.setItem('theme', choice);
    } catch {
      // Without storage the choice lasts as long as the page.
    }
    this.apply();
  }

  toggle(): void {
    this.choose(this.dark ? 'light' : 'dark');
  }

  private apply(): void {
    const system = window.matchMedia('(prefers-color-scheme: dark)').matches;
    this.dark = this.choice === 'dark' || (this.choice === 'system' && system);
    document.documentElement.dataset.theme = this.dark ? 'dark' : 'light';
    document
      .querySelector('meta[name="theme-color"]')
      ?.setAttribute('content', this.dark ? '#141312' : '#f6f3ee');
  }
}

export const theme = new Theme();
