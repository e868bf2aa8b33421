/**
 * What a keeper makes of what it sees and hears: {@link io.paddock.keeper.engine.Engine#step} takes the state, a view of the node and an event, and
 * says what the state is then and what is to be done. No clock, file, socket or thread is in here, so that the simulation runs what ships.
 */
@org.jspecify.annotations.NullMarked
package io.paddock.keeper.engine;
