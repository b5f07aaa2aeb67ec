// Numbers as text: 12,345 and +3.4%, with a real minus sign.

const INTEGER = new Intl.NumberFormat("en");
const COMPACT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const ONE_DIGIT = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
const SHARE = new Intl.NumberFormat("en", { style: "percent", ...ONE_DIGIT });
const CHANGE = new Intl.NumberFormat("en", { signDisplay: "exceptZero", maximumFractionDigits: 1 });
const GROWTH = new Intl.NumberFormat("en", { signDisplay: "exceptZero", ...ONE_DIGIT });

const withMinusSign = (text) => text.replace("-", "\u2212");

export const formatInteger = (number) => INTEGER.format(number);
export const formatCompact = (number) => COMPACT.format(number);
export const formatShare = (part, whole) => SHARE.format(whole ? part / whole : 0);
export const formatChange = (number) => withMinusSign(CHANGE.format(number));
export const formatGrowth = (percent) => `${withMinusSign(GROWTH.format(percent))}%`;
export const formatCount = (number, unit) => `${formatInteger(number)} ${unit}${number === 1 ? "" : "s"}`;
export const directionClass = (number) => (number > 0 ? "up" : number < 0 ? "down" : "level");
