import { csvCell, csvLine } from './csv';

it.each([
  { why: 'plain', value: 'Garden club', cell: 'Garden club' },
  { why: 'a formula of a stranger must not run', value: '=HYPERLINK("x")', cell: `"'=HYPERLINK(""x"")"` },
  { why: 'plus begins a formula too', value: '+1', cell: `'+1` },
  { why: 'so does minus', value: '-2+3', cell: `'-2+3` },
  { why: 'and at', value: '@SUM(A1)', cell: `'@SUM(A1)` },
  { why: 'some programs skip spaces first', value: ' =1', cell: `' =1` },
  { why: 'a tab could split the cell', value: '\t=1', cell: `'\t=1` },
  { why: 'commas and quotes', value: 'a,"b"', cell: '"a,""b"""' },
  { why: 'lines', value: 'a\r\nb', cell: '"a\r\nb"' },
  { why: 'numbers of ours may be negative', value: -5, cell: '-5' },
  { why: 'nothing', value: null, cell: '' },
  { why: 'other scripts and emoji', value: 'سلام 🌱', cell: 'سلام 🌱' },
])('$why', ({ value, cell }) => expect(csvCell(value)).toBe(cell));

it('ends lines as RFC 4180 has it', () => expect(csvLine(['a', 1, true, null])).toBe('a,1,true,\r\n'));
