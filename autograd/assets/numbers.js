// Numbers: how they are shown, and the one primitive of the op table that JavaScript's Math lacks.

/** Chebyshev coefficients of (1 + 2x) exp(x*x) erfc(x) in t = (x - 3.75) / (x + 3.75), computed to 60 digits;
 * the form is that of Shepherd and Laframboise, Mathematics of Computation 36 (1981). */
const ERFC_SERIES = [
  1.1775789345674017, -0.004590054580646478, -0.08424913336651792, 0.05920993999819189, -0.026658668435305753,
  0.009074997670705265, -0.002413163540417608, 0.0004907758365258086, -6.916973302501207e-5, 4.13902798607301e-6,
  7.74038306619849e-7, -2.1886401049234397e-7, 1.076499946567091e-8, 4.521959811218287e-9, -7.754400208831351e-10,
  -6.318088340886684e-11, 2.86879501093067e-11, 1.9455868545777347e-13, -9.65469674843344e-13, 3.25254814814874e-14,
  3.3478119482868056e-14, -1.864562880419313e-15, -1.2507950530688648e-15, 7.418235256624044e-17, 5.068148904796111e-17,
];

/** The complementary error function, within 4 units in the last place.
 * @param {number} x
 * @returns {number} */
function erfc(x) {
  if (Math.abs(x) < 0.5) return 1 - erfSeries(x);
  if (x < 0) return 2 - erfc(-x);
  const t = (x - 3.75) / (x + 3.75);
  let b1 = 0;
  let b2 = 0;
  for (let i = ERFC_SERIES.length - 1; i > 0; i--) [b1, b2] = [2 * t * b1 - b2 + ERFC_SERIES[i], b1];
  const head = Math.fround(x); // head * head is exact, so exp(-x*x) loses nothing to rounding x*x
  const gauss = x > 30 ? 0 : Math.exp(-head * head) * Math.exp(-(x - head) * (x + head));
  return (gauss * (t * b1 - b2 + ERFC_SERIES[0])) / (1 + 2 * x);
}

/** erf(x) for small x, by its power series: Abramowitz and Stegun 7.1.5.
 * @param {number} x */
function erfSeries(x) {
  let power = x;
  let sum = x;
  for (let n = 1; n < 20; n++) {
    power *= (-x * x) / n;
    sum += power / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/** A number for reading: five digits, a true minus sign, no trailing zeros.
 * @param {number | null} x
 * @returns {string} */
function shown(x) {
  if (x === null) return "none";
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "NaN" : x > 0 ? "∞" : "−∞";
  const size = Math.abs(x);
  const text = size !== 0 && (size < 1e-4 || size >= 1e6) ? x.toExponential(3) : String(Number(x.toPrecision(5)));
  return text.replace("-", "−").replace("e-", "e−");
}

/** The same with three digits, for tables of many columns. @param {number} x */
function brief(x) {
  const size = Math.abs(x);
  return size !== 0 && (size < 1e-3 || size >= 1e5) ? x.toExponential(1).replaceAll("-", "−") : shown(Number(x.toPrecision(3)));
}

/** The same inside a product, a negative number in parentheses.
 * @param {number | null} x */
function factor(x) {
  const text = shown(x);
  return text.startsWith("−") ? `(${text})` : text;
}

/** A number in JSON: NaN and infinity, which JSON lacks, are strings there.
 * @param {number | string | null} x */
function parsed(x) {
  return typeof x === "string" ? Number(x) : x;
}
