import { ApiProblem, fieldErrorsOf, problemOf } from './problem';

describe('problemOf', () => {
  it('reads problem+json with its fields', () =>
    expect(
      problemOf(422, {
        title: 'Cannot be set',
        detail: 'slug is taken',
        errors: [{ field: 'slug', message: 'is taken' }],
      }),
    ).toMatchObject({
      status: 422,
      title: 'Cannot be set',
      faults: [{ field: 'slug', message: 'is taken' }],
    }));

  it.each([
    { name: "a proxy's page", status: 502, body: '<html>', detail: 'The dashboard has a problem.' },
    {
      name: 'no answer',
      status: 0,
      body: undefined,
      detail: 'The dashboard does not answer. Check your connection.',
    },
    {
      name: 'errors of another shape',
      status: 400,
      body: { errors: ['x', { field: 1 }] },
      detail: 'It was refused.',
    },
  ])('has words for $name', ({ status, body, detail }) =>
    expect(problemOf(status, body)).toMatchObject({ detail, faults: [] }),
  );
});

describe('fieldErrorsOf', () => {
  const problem = (...faults: { field: string; message: string }[]): ApiProblem =>
    new ApiProblem(422, 'Invalid', 'several things', faults);

  it('puts a message at its field, without the name that the label says already', () =>
    expect(
      fieldErrorsOf(problem({ field: 'slug', message: 'slug must be 1 to 64 letters' }), ['slug']),
    ).toEqual({ atField: { slug: 'Must be 1 to 64 letters' }, elsewhere: [] }));

  it('gives what is nested to the field that holds it', () =>
    expect(
      fieldErrorsOf(problem({ field: 'attribution.windowMs', message: 'windowMs must be less' }), [
        'attribution',
      ]),
    ).toEqual({ atField: { attribution: 'Must be less' }, elsewhere: [] }));

  it('does not take a field for another that begins alike', () =>
    expect(fieldErrorsOf(problem({ field: 'valueX', message: 'no' }), ['value']).atField).toEqual({}));

  it('shows what belongs to no field of the form, and a refusal without fields', () => {
    expect(fieldErrorsOf(problem({ field: 'siteId', message: 'unknown' }), ['slug']).elsewhere).toEqual([
      'siteId: unknown',
    ]);
    expect(fieldErrorsOf(problem(), ['slug']).elsewhere).toEqual(['several things']);
  });
});
