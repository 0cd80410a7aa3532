//! One suite of what clients may rely on, run against this project's broker and against Apache Kafka.
//!
//! A case is a function of the server it is given and is written once; the table below makes two tests of it,
//! `apache::…` and `ours::…`. A case that holds on Apache Kafka is what the protocol means in practice: ours follows.
//! Where the two differ on purpose, the case calls [`served::Served::differs`] with the reason in words and both
//! values, and asserts each on its own server. Anything else that differs is a defect of ours.
//!
//! Clients: one that speaks by hand ([`wire`]), librdkafka 2, Debian's kcat on an old librdkafka, and the
//! OpenTelemetry Collector with a library of its own.
//! Deliberately absent: crashes, faults of the disk, and speed, which have tests of their own.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod batches;
mod calls;
mod clients;
mod cluster;
mod commits;
mod configs;
mod fetch;
mod groups;
mod idempotence;
mod limits;
mod member;
mod offsets;
mod peers;
mod produce;
mod restarts;
mod served;
mod sharing;
mod stored;
mod topics;
mod wire;

macro_rules! cases {
    (restarts { $($before:ident)* } $($module:ident { $($case:ident)* })*) => {
        mod apache {
            $(mod $module {
                $(#[test]
                fn $case() {
                    crate::$module::$case(&crate::served::Served::apache());
                })*
            })*

            mod restarts {
                #[test]
                fn everything_stays() {
                    crate::restarts::on_apache(&[$(crate::restarts::$before),*]);
                }
            }
        }

        mod ours {
            $(mod $module {
                $(#[test]
                fn $case() {
                    crate::$module::$case(&crate::served::Served::ours());
                })*
            })*

            mod restarts {
                $(#[test]
                fn $before() {
                    crate::restarts::on_ours(crate::restarts::$before);
                })*
            }
        }
    };
}

cases! {
    restarts {
        records_are_where_they_were
        producers_go_on_where_they_were
        ids_of_producers_are_not_given_twice
        topics_keep_their_ids_and_settings
        what_was_deleted_stays_deleted
        what_was_committed_is_known
        clients_go_on_by_themselves
    }
    cluster {
        the_cluster_has_one_name_and_one_broker
        everything_a_client_needs_is_spoken
        produce_is_announced_from_zero_for_old_clients
        every_version_announced_of_versions_is_answered_alike
        a_version_of_the_future_is_answered_with_those_of_today
        every_version_of_metadata_tells_of_a_topic
    }
    produce {
        the_first_batch_has_offset_zero_and_the_next_follows
        keys_headers_times_and_nulls_come_back
        one_request_writes_several_topics_and_partitions
        one_bad_partition_does_not_harm_the_others
        acks_of_one_wait_for_the_append
        acks_of_zero_have_no_answer
        acks_of_two_are_refused
        an_unknown_topic_is_not_written_and_not_made
        a_wrong_sum_is_corrupt
        a_flipped_bit_is_corrupt
        a_cut_batch_is_refused
        a_length_that_is_too_small_is_corrupt
        an_old_magic_is_refused
        a_magic_of_the_future_is_corrupt
        two_batches_for_one_partition_are_refused
        nothing_to_write_is_refused
        a_count_that_differs_from_the_offsets_is_refused
        a_control_batch_is_refused
        a_transactional_batch_is_refused
        questions_in_a_row_are_answered_in_order
        writers_of_one_partition_leave_no_gap
    }
    idempotence {
        every_producer_has_an_id_of_its_own
        batches_in_order_are_appended
        a_retry_is_answered_with_the_first_offset
        each_of_the_last_five_batches_can_be_retried
        an_older_batch_is_not_appended_again
        a_gap_is_refused
        a_retry_of_another_length_is_refused
        a_producer_nobody_knows_begins_anywhere
        an_older_epoch_is_fenced
        a_newer_epoch_begins_at_zero
        sequence_numbers_go_on_at_zero_after_the_largest
        one_batch_spans_the_largest_sequence_number
        producers_do_not_disturb_each_other
        every_partition_counts_on_its_own
        a_transactional_id_is_refused
    }
    stored {
        batches_are_kept_as_they_were_sent
    }
    fetch {
        the_end_has_nothing_and_says_where_it_is
        all_batches_come_in_order
        an_offset_inside_a_batch_brings_the_whole_batch
        beyond_the_end_is_out_of_range
        before_the_start_is_out_of_range
        an_unknown_topic_is_said_at_once_beside_one_that_is_read
        a_limit_smaller_than_a_batch_brings_one_batch
        a_partition_brings_no_more_than_its_share
        all_partitions_together_bring_no_more_than_the_limit
        an_append_wakes_whoever_waits
        an_append_to_any_partition_wakes
        a_wait_in_vain_ends
        fewer_bytes_than_wanted_are_waited_for
        zero_wanted_bytes_are_not_waited_for
        who_waits_holds_up_only_its_own_connection
        a_topic_that_is_deleted_ends_the_wait
        committed_only_is_as_everything
        a_leader_of_the_future_is_unknown
        a_session_that_nobody_has_is_not_found
        a_session_may_be_asked_for
    }
    offsets {
        an_empty_partition_begins_and_ends_at_zero
        the_end_is_behind_the_last_record
        a_time_is_found_between_before_and_after
        times_out_of_order_are_searched_in_the_order_of_offsets
        the_largest_time_is_found
        a_time_is_found_inside_a_batch_of_every_codec
        a_time_is_found_inside_a_batch_of_javas_snappy
        an_unknown_partition_has_no_offsets
        a_time_before_the_start_is_found_at_the_start
        deleting_moves_the_start_and_nothing_else
        deleting_inside_a_batch_leaves_the_batch_readable
        deleting_everything_leaves_an_empty_partition_that_goes_on
        deleting_beyond_the_end_is_out_of_range
        the_leaders_epoch_ends_at_the_end
        an_epoch_of_the_future_has_no_end
    }
    topics {
        a_topic_is_made_as_asked
        partitions_are_led_by_the_one_broker
        only_validating_makes_nothing
        a_name_is_given_once
        bad_names_are_refused
        the_longest_name_works
        bad_counts_are_refused
        counts_may_be_left_to_the_broker
        a_copy_on_another_broker_is_refused
        every_topic_of_a_request_is_judged_alone
        a_name_twice_in_a_request_is_refused
        asking_for_a_topic_does_not_make_it
        all_topics_are_listed_and_none_if_none_are_named
        a_topic_can_be_asked_for_by_its_id
        a_deleted_topic_is_gone_and_its_name_is_free
        a_topic_can_be_deleted_by_its_id
        a_topic_grows
        a_topic_does_not_shrink
    }
    configs {
        a_new_topic_has_the_usual_settings
        settings_of_a_new_topic_are_its_own
        only_what_is_asked_for_is_told
        an_unknown_topic_has_no_settings
        single_settings_are_changed_and_taken_back
        replacing_settings_takes_the_others_back
        asking_whether_a_change_would_do_changes_nothing
        bad_settings_make_no_topic
        bad_changes_change_nothing
        segments_may_be_small_here
        compaction_and_the_time_of_the_append_are_refused
        what_is_usual_may_be_said
        a_topics_largest_message_is_what_it_says
    }
    groups {
        the_coordinator_is_the_one_broker
        a_member_joins_shares_beats_and_leaves
        a_second_member_makes_the_first_join_again
        who_leaves_makes_the_others_join_again
        a_member_that_falls_silent_is_missed
        who_does_not_join_again_in_time_is_left_out
        strangers_and_the_past_are_refused
        whoever_has_nothing_in_common_with_the_group_is_refused
        the_protocol_all_have_is_chosen
        session_times_have_bounds
        a_group_has_a_name
        a_fixed_member_comes_back_without_a_rebalance
        a_fixed_leader_comes_back_and_still_leads
        a_fixed_member_is_sent_away_by_name
        two_groups_know_nothing_of_each_other
        ten_members_at_once_become_one_generation
    }
    commits {
        what_a_member_commits_is_found
        somebody_without_a_group_may_commit_while_it_is_empty
        a_commit_waits_for_the_shares
        a_commit_of_an_unknown_topic_is_refused
        what_is_said_with_a_commit_has_a_limit
        all_that_was_committed_can_be_asked_for
        a_group_is_described_in_every_state
        groups_are_listed_also_by_state
        only_an_empty_group_is_deleted_with_all_it_committed
        one_committed_offset_can_be_forgotten
        what_a_group_reads_is_not_forgotten
        a_deleted_topic_takes_its_commits_along
    }
    limits {
        the_largest_batch_fits_and_a_byte_more_does_not
        a_topic_may_take_more_than_others
        a_partition_larger_than_a_segment_is_read_through
        a_frame_of_a_gigabyte_closes_the_connection
        a_negative_length_closes_the_connection
        an_empty_frame_closes_the_connection
        garbage_closes_the_connection
        an_unknown_api_closes_the_connection
        an_unknown_version_closes_the_connection
        produce_of_old_closes_the_connection
        a_question_that_is_cut_off_closes_the_connection
        what_is_answered_before_nonsense_stays_answered
        half_a_question_keeps_nobody_waiting
        who_goes_without_waiting_for_the_answer_is_not_missed
        a_hundred_connections_are_served
        a_thousand_topics_in_one_question_are_answered
    }
    clients {
        librdkafka_writes_and_reads_every_codec
        twenty_thousand_messages_come_once_and_in_order
        a_consumer_looks_up_times_and_ends
        a_consumer_goes_on_where_its_group_was
        a_consumer_that_is_behind_the_start_begins_there
        administrators_do_all_they_can
        a_transactional_producer_is_told_that_there_are_none
    }
    sharing {
        ranges_are_shared_and_taken_over
        cooperative_members_keep_what_they_can
        every_group_reads_everything
        a_fixed_consumer_that_returns_disturbs_nobody
        a_pattern_finds_topics_that_come_later
        nothing_is_missed_while_members_come_and_go_under_load
    }
    peers {
        kcat_writes_and_reads_every_codec
        kcat_writes_idempotently_with_keys
        kcat_lists_the_cluster
        kcat_looks_up_a_time
        kcat_reads_as_a_group_and_goes_on
        the_share_of_a_killed_kcat_is_taken_over
        the_collector_writes_and_reads
    }
}
