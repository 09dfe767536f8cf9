import { classNames } from "../../ui/class-names.ts";
import { shortCount, shortDay } from "./amounts.ts";
import { maxBands } from "./usage-days.ts";
import type { Band, Day } from "./usage-days.ts";
import { strings } from "./usage.strings.ts";

const width = 640;
const height = 168;
const gap = 0.22;
const fills = ["fill-band-1", "fill-band-2", "fill-band-3", "fill-band-4", "fill-band-5", "fill-band-6"];
const swatches = ["bg-band-1", "bg-band-2", "bg-band-3", "bg-band-4", "bg-band-5", "bg-band-6"];
const look = (looks: string[], { isRest }: Band, index: number) => looks[isRest ? maxBands : index];

/** A bar for each day, in bands by model. Each day can be read aloud and shows its numbers when the pointer rests. */
export function UsagePlot({ bands, days }: { bands: Band[]; days: Day[] }) {
  const top = Math.max(1, ...days.map(({ total }) => total));
  const step = width / Math.max(1, days.length);
  const nameOf = ({ name, isRest }: Band) => (isRest ? strings.others : name);
  return (
    <figure className="rounded-2xl border border-line bg-raised p-4">
      <figcaption className="mb-3 flex flex-wrap items-baseline justify-between gap-x-4">
        <span className="font-medium">{strings.perDay}</span>
        <span className="text-[13px] text-muted tabular-nums">{shortCount(top)}</span>
      </figcaption>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        className="block h-42 w-full"
        role="img"
        aria-label={strings.perDay}
      >
        {[0, 0.5, 1].map((line) => (
          <line
            key={line}
            x1={0}
            x2={width}
            y1={height * line}
            y2={height * line}
            className="stroke-line"
            vectorEffect="non-scaling-stroke"
          />
        ))}
        {days.map((day, index) => {
          let y = height;
          return (
            <g key={day.startMs}>
              <title>{strings.dayTokens(shortDay(day.startMs), shortCount(day.total))}</title>
              <rect x={index * step} y={0} width={step} height={height} className="fill-transparent" />
              {bands.map((band, at) => {
                const tall = ((day.parts[at] ?? 0) / top) * height;
                y -= tall;
                return tall === 0 ? null : (
                  <rect
                    key={nameOf(band)}
                    x={(index + gap / 2) * step}
                    y={y}
                    width={step * (1 - gap)}
                    height={tall}
                    className={look(fills, band, at)}
                  />
                );
              })}
            </g>
          );
        })}
      </svg>
      <div className="mt-1.5 flex justify-between text-xs text-muted tabular-nums">
        <span>{shortDay(days[0]?.startMs ?? 0)}</span>
        <span>{shortDay(days.at(-1)?.startMs ?? 0)}</span>
      </div>
      <ul className="mt-3 flex flex-wrap gap-x-4 gap-y-1 text-[13px] text-muted">
        {bands.map((band, at) => (
          <li key={nameOf(band)} className="flex min-w-0 items-center gap-1.5">
            <span aria-hidden className={classNames("size-2.5 shrink-0 rounded-sm", look(swatches, band, at))} />
            <span className="truncate">{nameOf(band)}</span>
          </li>
        ))}
      </ul>
    </figure>
  );
}
