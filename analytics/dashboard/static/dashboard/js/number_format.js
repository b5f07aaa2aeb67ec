// Numbers as text in the language of the browser: 12,345 and +3.4%, with a real minus sign.

const INTEGER = new Intl.NumberFormat();
const COMPACT = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });
const ONE_DIGIT = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
const DECIMAL = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const SHARE = new Intl.NumberFormat(undefined, { style: "percent", ...ONE_DIGIT });
const CHANGE = new Intl.NumberFormat(undefined, { signDisplay: "exceptZero", maximumFractionDigits: 1 });
const GROWTH = new Intl.NumberFormat(undefined, { style: "percent", signDisplay: "exceptZero", ...ONE_DIGIT });

const withMinusSign = (text) => text.replace("-", "\u2212");

export const formatDecimal = (number) => DECIMAL.format(number);
export const formatInteger = (number) => INTEGER.format(number);
export const formatCompact = (number) => COMPACT.format(number);
export const formatShare = (part, whole) => SHARE.format(whole ? part / whole : 0);
export const formatMargin = (estimate, standardError) => `± ${formatInteger(Math.round(estimate * standardError))}`;
export const formatChange = (number) => withMinusSign(CHANGE.format(number));
export const formatGrowth = (percent) => withMinusSign(GROWTH.format(percent / 100));
export const formatCount = (number, unit) => `${formatInteger(number)} ${unit}${number === 1 ? "" : "s"}`;
export const directionClass = (number) => (number > 0 ? "up" : number < 0 ? "down" : "level");
