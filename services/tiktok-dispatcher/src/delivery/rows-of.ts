/** TypeORM answers an UPDATE or DELETE with the rows and their number, unlike any other statement. */
export const rowsOf = <Row>([rows]: [Row[], number]): Row[] => rows;
