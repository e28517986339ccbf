/** The browser that both suites use: the system's Chromium, or the one CHROMIUM names. */
export const browser = {
  launchOptions: {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync'
    ]
  },
  locale: 'en-GB',
  timezoneId: 'Europe/Vienna'
};
