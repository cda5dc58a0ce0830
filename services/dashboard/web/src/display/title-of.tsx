import { Text, type TextProps } from '@mantine/core';
import classes from './title-of.module.css';

/**
 * A name that a stranger chose: as long as they liked, in any direction, with anything in it. It is cut where it is
 * too long, and has a direction of its own, which doesn't turn the line around it.
 */
export function TitleOf({ name, ...props }: { name: string } & TextProps) {
  return (
    <Text component="span" inherit className={classes['title'] ?? ''} dir="auto" title={name} {...props}>
      {name}
    </Text>
  );
}
