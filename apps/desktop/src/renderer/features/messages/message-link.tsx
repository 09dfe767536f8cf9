import { useRouter } from "@tanstack/react-router";
import { Link2 } from "lucide-react";
import { CopyButton } from "../../ui/copy-button.tsx";
import { strings } from "./messages.strings.ts";

/** Copies the address at which this message is shown. */
export function MessageLink({ sessionId, messageId }: { sessionId: string; messageId: string }) {
  const router = useRouter();
  const address = () => {
    const { href } = router.buildLocation({
      to: "/sessions/$sessionId",
      params: { sessionId },
      search: { message: messageId },
    });
    return new URL(router.history.createHref(href), window.location.href).href;
  };
  return <CopyButton label={strings.copyLink} icon={<Link2 />} text={address} />;
}
