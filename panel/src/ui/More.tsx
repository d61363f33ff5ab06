/** Goes on in a long list, where it goes on. */
import { Button, Center } from "@mantine/core";

interface Props {
  children: string;
  shown: boolean;
  loading: boolean;
  onClick: () => void;
}

export function More({ children, shown, loading, onClick }: Props) {
  if (!shown) return null;
  return (
    <Center>
      <Button variant="default" size="sm" loading={loading} onClick={onClick}>
        {children}
      </Button>
    </Center>
  );
}
