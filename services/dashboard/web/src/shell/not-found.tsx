import { ButtonTo } from '../display/links';
import { Empty } from '../states/states';

export function NotFound() {
  return (
    <Empty
      title="There is no such page"
      action={
        <ButtonTo to="/" variant="default">
          To the overview
        </ButtonTo>
      }
    >
      The address may be mistyped, or what it named is gone.
    </Empty>
  );
}
