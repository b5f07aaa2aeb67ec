// Numbers as they are read here: 12,345 and +3.4%, with a real minus sign.

const WHOLE = new Intl.NumberFormat("en");
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const SHARE = new Intl.NumberFormat("en", { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
const CHANGE = new Intl.NumberFormat("en", { signDisplay: "exceptZero", maximumFractionDigits: 1 });
const GROWTH = new Intl.NumberFormat("en", {
  signDisplay: "exceptZero",
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});

const withMinus = (text) => text.replace("-", "\u2212");

export const whole = (number) => WHOLE.format(number);
export const short = (number) => SHORT.format(number);
export const share = (part, all) => SHARE.format(all ? part / all : 0);
export const change = (number) => withMinus(CHANGE.format(number));
export const growth = (percent) => `${withMinus(GROWTH.format(percent))}%`;
export const counted = (number, one, many = `${one}s`) => `${whole(number)} ${number === 1 ? one : many}`;
export const direction = (number) => (number > 0 ? "up" : number < 0 ? "down" : "level");
