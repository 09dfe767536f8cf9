import { useCallback, useEffect, useRef, useState } from "react";
import type { RefObject } from "react";

/** Closer to the end than this counts as being there. */
const atEndPx = 24;
/** Further from the end than this, the way back is offered. */
const farPx = 160;

/**
 * Keeps the end in view while it grows, until the reader goes up: by wheel, touch, keys or the scroll bar. Growth
 * never pulls a reader down; it is followed again once they come back to the end themselves, or by `jump`.
 */
export function useFollowScroll(scroller: RefObject<HTMLElement | null>, content: RefObject<HTMLElement | null>) {
  const isFollowing = useRef(true);
  const [isFar, setFar] = useState(false);

  const toEnd = useCallback(() => {
    const element = scroller.current;
    element?.scrollTo({ top: element.scrollHeight });
  }, [scroller]);

  useEffect(() => {
    const element = scroller.current;
    const inner = content.current;
    if (!element || !inner) return;
    let lastTop = element.scrollTop;
    let touchY = 0;
    const distance = () => element.scrollHeight - element.clientHeight - element.scrollTop;
    const release = () => {
      if (element.scrollHeight > element.clientHeight) isFollowing.current = false;
    };
    const onScroll = () => {
      const isDown = element.scrollTop > lastTop;
      lastTop = element.scrollTop;
      if (distance() <= (isDown ? atEndPx : 1)) isFollowing.current = true;
      setFar(!isFollowing.current && distance() > farPx);
    };
    const onWheel = (event: WheelEvent) => {
      if (event.deltaY < 0) release();
    };
    const onTouchStart = (event: TouchEvent) => {
      touchY = event.touches[0]?.clientY ?? 0;
    };
    const onTouchMove = (event: TouchEvent) => {
      if ((event.touches[0]?.clientY ?? 0) > touchY) release();
    };
    const onPointerDown = (event: PointerEvent) => {
      // On the scroll bar, not on what is said. The middle button starts the browser's own scrolling.
      if ((event.target === element && event.offsetX > element.clientWidth) || event.button === 1) release();
    };
    const onKeyDown = (event: KeyboardEvent) => {
      if (["ArrowUp", "PageUp", "Home"].includes(event.key) || (event.key === " " && event.shiftKey)) release();
    };
    const grown = new ResizeObserver(() => {
      if (isFollowing.current) toEnd();
      else setFar(distance() > farPx);
    });
    grown.observe(element);
    grown.observe(inner);
    const passive = { passive: true };
    element.addEventListener("scroll", onScroll, passive);
    element.addEventListener("wheel", onWheel, passive);
    element.addEventListener("touchstart", onTouchStart, passive);
    element.addEventListener("touchmove", onTouchMove, passive);
    element.addEventListener("pointerdown", onPointerDown, passive);
    element.addEventListener("keydown", onKeyDown);
    return () => {
      grown.disconnect();
      element.removeEventListener("scroll", onScroll);
      element.removeEventListener("wheel", onWheel);
      element.removeEventListener("touchstart", onTouchStart);
      element.removeEventListener("touchmove", onTouchMove);
      element.removeEventListener("pointerdown", onPointerDown);
      element.removeEventListener("keydown", onKeyDown);
    };
  }, [scroller, content, toEnd]);

  const jump = useCallback(() => {
    isFollowing.current = true;
    setFar(false);
    toEnd();
  }, [toEnd]);

  /** Stops following, for who wants to go elsewhere. */
  const letGo = useCallback(() => {
    isFollowing.current = false;
  }, []);

  return { isFar, jump, release: letGo };
}
