import type { ReactNode } from 'react';
import classes from './rows-table.module.css';

export interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row) => ReactNode;
  /** Figures stand at the right. */
  readonly isFigure?: boolean;
  /** Stands on top of the card that a row becomes on a phone. */
  readonly isHead?: boolean;
}

interface RowsTableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
}

/**
 * A table that becomes a list of cards on a phone instead of scrolling sideways. The roles are spelled out, since
 * browsers forget that a table is one when its display changes.
 */
export function RowsTable<Row>({ label, columns, rows, keyOf }: RowsTableProps<Row>) {
  return (
    <table className={classes['table']} aria-label={label} role="table">
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ name, isFigure }) => (
            <th key={name} scope="col" role="columnheader" data-figure={isFigure || undefined}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr key={keyOf(row)} role="row">
            {columns.map(({ name, cell, isFigure, isHead }) => (
              <td
                key={name}
                role="cell"
                data-label={name}
                data-figure={isFigure || undefined}
                data-head={isHead || undefined}
              >
                <div className={classes['cell']}>{cell(row)}</div>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
