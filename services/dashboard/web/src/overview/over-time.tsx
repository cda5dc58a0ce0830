import '@mantine/charts/styles.css';
import { BarChart } from '@mantine/charts';
import { Group, SegmentedControl, Title } from '@mantine/core';
import { useState } from 'react';
import { count, day, hour } from '../display/format';
import type { Overview } from './overview-query';
import classes from './over-time.module.css';

const VIEWS = {
  joins: [
    { name: 'attributed', label: 'Attributed', color: 'var(--cj-accent)' },
    { name: 'organic', label: 'Organic', color: 'var(--cj-organic)' },
    { name: 'waiting', label: 'Deciding', color: 'var(--cj-waiting)' },
  ],
  clicks: [{ name: 'clicks', label: 'Clicks', color: 'var(--cj-accent)' }],
  accepted: [{ name: 'accepted', label: 'Accepted', color: 'var(--cj-accent)' }],
};
type View = keyof typeof VIEWS;

export function OverTime({ overview: { series, interval } }: { overview: Overview }) {
  const [view, setView] = useState<View>('joins');
  const label = interval === 'hour' ? hour : day;
  const rows = series.map((step) => ({ ...step, at: label(step.startAt) }));
  const shown = VIEWS[view].filter(
    ({ name }) => name !== 'waiting' || series.some(({ waiting }) => waiting > 0),
  );
  return (
    <div className={classes['chart']}>
      <Group justify="space-between" mb="md">
        <Title order={2}>Over time</Title>
        <SegmentedControl
          size="xs"
          aria-label="Show"
          data={[
            { value: 'joins', label: 'Joins' },
            { value: 'clicks', label: 'Clicks' },
            { value: 'accepted', label: 'Accepted' },
          ]}
          value={view}
          onChange={setView}
        />
      </Group>
      <BarChart
        h={260}
        data={rows}
        dataKey="at"
        type="stacked"
        series={shown}
        withLegend={shown.length > 1}
        legendProps={{ position: 'bottom' }}
        valueFormatter={count}
        yAxisProps={{ allowDecimals: false, width: 44 }}
        xAxisProps={{ minTickGap: 24 }}
        barProps={{ maxBarSize: 36, isAnimationActive: false }}
        tickLine="none"
        gridAxis="x"
      />
      <details className={classes['table']}>
        <summary>As a table</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">{interval === 'hour' ? 'Hour' : 'Day'}</th>
              <th scope="col">Clicks</th>
              <th scope="col">Joins</th>
              <th scope="col">Attributed</th>
              <th scope="col">Organic</th>
              <th scope="col">Accepted</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.startAt}>
                <th scope="row">{row.at}</th>
                {[row.clicks, row.joins, row.attributed, row.organic, row.accepted].map((figure, index) => (
                  <td key={index}>{count(figure)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </div>
  );
}
