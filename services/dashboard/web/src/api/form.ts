import type { UseFormReturnType } from '@mantine/form';
import { useMutation, type UseMutationResult } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiProblem, fieldErrorsOf } from './problem';

interface SubmitOptions<Values, Result> {
  readonly form: UseFormReturnType<Values>;
  readonly send: (values: Values) => Promise<Result>;
  readonly done?: (result: Result, values: Values) => void;
}

interface Submit<Values, Result> {
  readonly submit: (values: Values) => void;
  readonly isSending: boolean;
  /** What belongs to no field of the form. */
  readonly problem: string | undefined;
  readonly mutation: UseMutationResult<Result, Error, Values>;
}

/** Sends a form and puts what the API refuses at the fields that it names. */
export function useSubmit<Values extends object, Result>({
  form,
  send,
  done,
}: SubmitOptions<Values, Result>): Submit<Values, Result> {
  const [problem, setProblem] = useState<string>();
  const mutation = useMutation<Result, Error, Values>({
    mutationFn: send,
    onMutate: () => setProblem(undefined),
    onSuccess: (result, values) => done?.(result, values),
    onError: (error) => {
      if (!(error instanceof ApiProblem)) {
        setProblem('Something unexpected happened in this page.');
        return;
      }
      const { atField, elsewhere } = fieldErrorsOf(error, Object.keys(form.getValues()));
      form.setErrors({ ...atField });
      if (elsewhere.length > 0) setProblem(elsewhere.join(' · '));
    },
  });
  return { submit: (values) => mutation.mutate(values), isSending: mutation.isPending, problem, mutation };
}
